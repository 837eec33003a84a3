@NullMarked
package io.k8sfw.kubernetes;

import org.jspecify.annotations.NullMarked;
