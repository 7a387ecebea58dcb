"""What people look at: pictures, one HTML page, tables for the terminal."""
