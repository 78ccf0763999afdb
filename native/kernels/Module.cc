// An addon whose loading registers the operations with the TensorFlow that this process has loaded. It exports nothing; what fails is thrown.
#include <node_api.h>

#include "BatchNorm.ops.h"
#include "Bias.ops.h"
#include "Convolution.ops.h"
#include "MaxPool.ops.h"
#include "Pixels.ops.h"
#include "Update.ops.h"

NAPI_MODULE_INIT() {
  try {
    kernels::registerBatchNorms();
    kernels::registerBiases();
    kernels::registerConvolutions();
    kernels::registerMaxPools();
    kernels::registerPixels();
    kernels::registerUpdates();
  } catch (const std::exception& error) {
    napi_throw_error(env, nullptr, error.what());
  }
  return exports;
}
