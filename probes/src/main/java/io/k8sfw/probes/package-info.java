/// Places that probes leave from, and the campaign that makes them work together.
@NullMarked
package io.k8sfw.probes;

import org.jspecify.annotations.NullMarked;
