package io.k8sfw.observation;

import java.net.InetAddress;
import java.util.Optional;

/// What the canaries told of the way from a vantage point to an address: ports known to answer,
/// asked again all along the batch.
///
/// @param asked canaries asked; where ports lost more before they answered than canaries explain,
///   attempts on those ports
/// @param lost those of them that did not answer, although they had before, or did later
/// @param loss the most that the loss of a round trip can be, 0..1, with 95 % confidence; 1 where
///   no canary was asked
/// @param attempts how many silent attempts made "silent", so that an error of one flow in a
///   million is not exceeded at that loss
/// @param slowed why it was asked more slowly than the pace allows; empty where it was not
public record PathReport(
    String vantage,
    InetAddress address,
    int asked,
    int lost,
    double loss,
    int attempts,
    Optional<String> slowed) {}
