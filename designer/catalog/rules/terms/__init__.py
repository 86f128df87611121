"""Terms of a design: where data may be, what is promised, how things are paid for."""
