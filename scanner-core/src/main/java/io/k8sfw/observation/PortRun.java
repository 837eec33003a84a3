package io.k8sfw.observation;

import io.k8sfw.model.PortRange;

/// Neighbouring ports of which the same was observed.
///
/// @param rttMicros the fastest answer among them in microseconds; -1 where none answered
public record PortRun(PortRange ports, Observation observation, int rttMicros) {}
