"""Thousands of boxes of one color each as one picture, which is recolored without being painted again."""
