/// Single attempts on single ports, and what their errors mean.
@NullMarked
package io.k8sfw.probes.wire;

import org.jspecify.annotations.NullMarked;
