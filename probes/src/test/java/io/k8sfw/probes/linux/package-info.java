@NullMarked
package io.k8sfw.probes.linux;

import org.jspecify.annotations.NullMarked;
