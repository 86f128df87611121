"""What is wrong or risky in a design: one file a family of checks. Each finding is data with element ids."""
