package io.k8sfw.kubernetes;

import java.util.Optional;

/// What pods of agents are made of.
///
/// @param namespace where they live; made beforehand
/// @param image that has `/app/bin/k8sfw-agent`
/// @param netRaw whether agents run as root with the capability NET_RAW, to see packets arrive and
///   to ask BGP ports without a connection
/// @param hostPid whether agents see the node's processes, as root with the capability SYS_PTRACE,
///   to say who holds a port
/// @param owner what takes the pods along when it goes: the pod that this very program runs in;
///   empty outside
public record PodSettings(
    String namespace, String image, boolean netRaw, boolean hostPid, Optional<Owner> owner) {
  /// A pod of the same namespace.
  public record Owner(String name, String uid) {}
}
