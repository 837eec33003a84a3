@NullMarked
package io.k8sfw.probes;

import org.jspecify.annotations.NullMarked;
