"""What the simple kinds of the core group, leases and priority classes are checked by."""

from __future__ import annotations

from collections.abc import Mapping

from kroute.coreapi import semantics
from kroute.coreapi.validation import (
    basicwarnings,
    configs,
    leases,
    limitranges,
    namespaces,
    nodes,
    priorityclasses,
    quotas,
)
from kroute.machinery import names


def all_checks() -> Mapping[str, semantics.Checks]:
    """The checks by resource."""
    return {
        "configmaps": semantics.Checks(create=configs.validate_config_map, update=configs.validate_config_map_update),
        "secrets": semantics.Checks(
            create=configs.validate_secret, update=configs.validate_secret_update, warnings=basicwarnings.of_secret
        ),
        "serviceaccounts": semantics.Checks(warnings=basicwarnings.of_service_account),
        "events": semantics.Checks(name_rule=names.path_segment_name),
        "leases.coordination.k8s.io": semantics.Checks(create=leases.validate, update=leases.validate),
        "limitranges": semantics.Checks(create=limitranges.validate, update=limitranges.validate),
        "namespaces": semantics.Checks(
            name_rule=names.label_name,
            create=namespaces.validate,
            update=namespaces.validate,
            status_update=namespaces.validate_status,
        ),
        "nodes": semantics.Checks(
            create=nodes.validate,
            update=nodes.validate_update,
            status_update=nodes.validate_status_update,
            warnings=basicwarnings.of_node,
        ),
        "priorityclasses.scheduling.k8s.io": semantics.Checks(
            create=priorityclasses.validate, update=priorityclasses.validate_update
        ),
        "resourcequotas": semantics.Checks(
            create=quotas.validate, update=quotas.validate_update, status_update=quotas.validate_status
        ),
    }
