"""Phase space: boosts, and momenta of given masses with the weight they carry."""
