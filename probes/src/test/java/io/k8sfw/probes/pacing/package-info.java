@NullMarked
package io.k8sfw.probes.pacing;

import org.jspecify.annotations.NullMarked;
