"""All actions as rows: menus, shortcuts, the tool strip, the search and enabling are built from them."""
