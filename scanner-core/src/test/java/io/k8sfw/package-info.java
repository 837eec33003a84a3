@NullMarked
package io.k8sfw;

import org.jspecify.annotations.NullMarked;
