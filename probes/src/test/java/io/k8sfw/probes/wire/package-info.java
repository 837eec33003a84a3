@NullMarked
package io.k8sfw.probes.wire;

import org.jspecify.annotations.NullMarked;
