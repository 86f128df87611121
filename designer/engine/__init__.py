"""What happens: a spec goes in, a result comes out; knows no Qt, no project, no file."""
