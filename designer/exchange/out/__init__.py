"""A design for other programs: tables of its elements, templates of CloudFormation, drawings of draw.io."""
