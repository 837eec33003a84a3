package io.k8sfw.probes.agent;

import java.time.Duration;

/// What an agent said of itself.
///
/// @param build its version of this program, which is ours
/// @param pid its process there
/// @param openFiles how many files it may have open; -1 where that is not known
/// @param platform its operating system and processor, as Java names them
/// @param clockOffset how far its clock is ahead of ours, give or take half of `roundTrip`
public record AgentReport(
    String build,
    long pid,
    long openFiles,
    String java,
    String platform,
    Duration clockOffset,
    Duration roundTrip) {}
