"""Rules between kinds: who may stand where, who reaches whom, what is offered where."""
