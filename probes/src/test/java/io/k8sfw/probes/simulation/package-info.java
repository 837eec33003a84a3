/// Whole audits on a wire that does not exist: the real planner, engine and evaluator, against
/// made-up clusters, networks and mishaps, on one thread and a clock of their own. A seed is a
/// world; the same seed is the same world, packet for packet.
@NullMarked
package io.k8sfw.probes.simulation;

import org.jspecify.annotations.NullMarked;
