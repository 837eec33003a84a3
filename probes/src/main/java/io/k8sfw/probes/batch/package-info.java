/// Turns single attempts into observations that can be believed: order, pace, repetition, controls.
@NullMarked
package io.k8sfw.probes.batch;

import org.jspecify.annotations.NullMarked;
