/// The arithmetic of asking well: how fast, how often, how long to wait, and what silence is worth.
///
/// Nothing here reads a clock: time comes as a parameter, in [System#nanoTime]'s nanoseconds.
@NullMarked
package io.k8sfw.probes.pacing;

import org.jspecify.annotations.NullMarked;
