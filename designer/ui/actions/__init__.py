"""Everything that can be done, as rows: menus, keys, tool strip, search and enabling grow from them."""
