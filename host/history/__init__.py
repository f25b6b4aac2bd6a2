"""What the product does with pages: take them in, read them, index them, give them out, forget them."""
