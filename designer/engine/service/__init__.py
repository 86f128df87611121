"""What answers a request: queues of workers, clients that give up and try again."""
