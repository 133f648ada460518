"""Container engines behind the one `Containers` port."""

from clawupgrade.host.containers.engine import LocalContainers

__all__ = ["LocalContainers"]
