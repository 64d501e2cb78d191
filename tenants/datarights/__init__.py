"""What people and organisations may ask of their data: a copy, its deletion with proof, an end date, a hold."""
