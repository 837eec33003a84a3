@NullMarked
package io.k8sfw.probes.batch;

import org.jspecify.annotations.NullMarked;
