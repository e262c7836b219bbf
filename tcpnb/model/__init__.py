"""What a service is and what happened to it: plain frozen data, standard library only."""

__all__ = ()
