"""What is wrong with a design, or worth a look: one file a family of checks; each finding is data with element ids."""
