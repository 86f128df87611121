"""How few hosts would do: a bound, the policies that place one VM after the other, and an optimum by a solver."""
