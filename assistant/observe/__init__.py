"""What operators see: is a process alive, is it ready, its figures. What is reported lies in `tenants/observe`."""
