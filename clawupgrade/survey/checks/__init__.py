"""The preflight checks, in the order in which their problems are told."""

from clawupgrade.survey.checks.access import check_access
from clawupgrade.survey.checks.bus import check_bus
from clawupgrade.survey.checks.config import check_config
from clawupgrade.survey.checks.containers import check_image_room
from clawupgrade.survey.checks.direction import check_direction
from clawupgrade.survey.checks.network import check_network
from clawupgrade.survey.checks.nodes import check_nodes
from clawupgrade.survey.checks.port import check_port
from clawupgrade.survey.checks.scene import Check
from clawupgrade.survey.checks.space import check_space
from clawupgrade.survey.checks.tree import check_tree
from clawupgrade.survey.checks.updater import check_updater

OF_CONTAINERS: tuple[Check, ...] = (
    check_direction,
    check_network,
    check_tree,
    check_port,
    check_image_room,
    check_config,
)
CHECKS: tuple[Check, ...] = (
    check_direction,
    check_bus,
    check_network,
    check_tree,
    check_updater,
    check_port,
    check_nodes,
    check_access,
    check_space,
    check_config,
)
