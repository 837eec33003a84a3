@NullMarked
package io.k8sfw.probes.agent;

import org.jspecify.annotations.NullMarked;
