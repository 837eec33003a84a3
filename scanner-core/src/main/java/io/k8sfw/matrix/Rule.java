package io.k8sfw.matrix;

import io.k8sfw.input.SourcePosition;
import io.k8sfw.model.PortSet;
import io.k8sfw.model.Protocol;
import io.k8sfw.model.Zone;
import java.util.Optional;
import java.util.SortedSet;

/// One row of the matrix.
///
/// @param id unique in the matrix
/// @param where the line it stands on
/// @param to node roles it speaks of; never empty
/// @param ports [PortSet#ALL] for a protocol without ports
/// @param from zones that traffic comes from; never empty
/// @param service what must answer, such as `kubelet`; where it is named, no witness takes the port
/// @param reference where the demand comes from
public record Rule(
    String id,
    SourcePosition where,
    SortedSet<Zone> to,
    Protocol protocol,
    PortSet ports,
    SortedSet<Zone> from,
    Expectation expect,
    Condition when,
    AddressScope address,
    Optional<String> service,
    String purpose,
    String reference) {}
