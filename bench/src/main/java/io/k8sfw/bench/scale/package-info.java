/// A cluster of thousands of nodes that exists on paper only: what planning, judging and reporting
/// it costs the machine that does it.
@NullMarked
package io.k8sfw.bench.scale;

import org.jspecify.annotations.NullMarked;
