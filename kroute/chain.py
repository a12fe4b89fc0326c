"""Which servers there are, and where each gets what it serves from.

The chain is aggregator -> core API -> extensions -> not found.  Each of the three can be left out, and rooms that
aren't needed aren't loaded.  Settings become the plain values that the rooms work with.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

from kroute import settings
from kroute.schema import builtin
from kroute.server import assembling, frontproxy, generic
from kroute.storage import capabilities

CORE, EXTENSIONS, AGGREGATOR = "core", "extensions", "aggregator"


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """The servers of one APIServer.

    `core` names Kubernetes' own resources, True are all of them; `extensions` are CustomResourceDefinitions and what
    they define; `aggregator` are APIServices, which other servers answer for."""

    core: Sequence[str] | bool = ()
    extensions: bool = False
    aggregator: bool = False

    def only(self, servers: Sequence[str]) -> Chain:
        """Those of the servers that are named."""
        return Chain(
            core=self.core if CORE in servers else (),
            extensions=self.extensions and EXTENSIONS in servers,
            aggregator=self.aggregator and AGGREGATOR in servers,
        )

    @property
    def example(self) -> str:
        """What to say after `kubectl get` to try it; "" where there is nothing."""
        if self.core:
            return "namespaces"
        return "crds" if self.extensions else "apiservices" if self.aggregator else ""

    def sources(
        self,
        chosen: settings.Settings,
        guard: generic.Guard | None = None,
        proxy: frontproxy.Pair | None = None,
    ) -> assembling.Sources:
        """Where the servers get what they serve; without a guard everybody may do everything.

        `proxy` is what the aggregator proves itself with to other servers.  Raises InstallError."""
        core = self._core_api(chosen, guard)
        try:
            known = None
            if self.extensions or self.aggregator:
                known = builtin.Definitions.kubernetes() if core is None else core.definitions
        except builtin.MissingDefinitions as error:
            raise capabilities.InstallError(str(error)) from error
        outer: list[assembling.Source] = []
        inner: list[assembling.Source] = []
        if self.extensions and known is not None:
            from kroute.extensions import server as extensions  # not loaded by those who do without

            inner.append(extensions.Extensions(known))
        if self.aggregator and known is not None:
            from kroute.aggregator import server as aggregating

            outer.append(aggregating.Aggregator(known, proxy=proxy))
        authorizer = None if guard is None else guard.authorizer
        return assembling.Sources(outer=outer, main=core, inner=inner, authorizer=authorizer)

    def _core_api(self, chosen: settings.Settings, guard: generic.Guard | None) -> assembling.Source | None:
        """The core API, where any of it is served.  Raises InstallError."""
        if not self.core:
            return None
        from kroute.admission import choosing as plugins
        from kroute.admission import configfile
        from kroute.coreapi import choosing, environment  # not loaded by those who do without
        from kroute.coreapi import server as coreapi

        names = None if self.core is True else list(self.core)
        options = environment.Options(
            service_ranges=chosen.service_cluster_ip_range, node_ports=chosen.service_node_port_range
        )
        if guard is not None:
            options = dataclasses.replace(
                options,
                authorizer=guard.authorizer,
                roles=guard.roles,
                attached=guard.attached,
                tokens=guard.tokens,
                audiences=options.audiences if guard.tokens is None else guard.tokens.audiences,
                accounts=chosen.access.accounts,
                signer=guard.signer or options.signer,
                metadata=guard.metadata,
            )
        try:
            options = dataclasses.replace(options, admission=configfile.choice(chosen.admission))
            return coreapi.CoreAPI(names=names, config=chosen.runtime_config, options=options)
        except (choosing.ChoiceError, plugins.ChoiceError, builtin.MissingDefinitions) as error:
            raise capabilities.InstallError(str(error)) from error
