package io.k8sfw.observation;

import java.net.InetAddress;
import java.util.Optional;

/// Whom a target takes a vantage point for.
///
/// @param target an address that was probed
/// @param own the address that the vantage point sends from on its way there, as its own machine
///   has it; empty where nobody could tell
/// @param seen the source address of what arrived at the target; empty where nobody could tell.
///   Where it is another, something on the way translates it
public record SourceReport(
    String vantage, InetAddress target, Optional<InetAddress> own, Optional<InetAddress> seen) {}
