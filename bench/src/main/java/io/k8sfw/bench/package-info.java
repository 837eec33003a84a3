/// The fault matrix and the speed of whole programs: a firewall that is known to the last port,
/// faults between it and the prober, and what the prober then claims, counted against the truth.
@NullMarked
package io.k8sfw.bench;

import org.jspecify.annotations.NullMarked;
