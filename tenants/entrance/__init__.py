"""How people come in and how long they stay: sessions, time-outs, lock-out, second factors, invitations."""
