// What bundlers must take without a warning: every package, whole.
import * as autograd from "@tapegrad/autograd";
import * as data from "@tapegrad/data";
import * as formats from "@tapegrad/formats";
import * as models from "@tapegrad/models/lenet";
import * as nn from "@tapegrad/nn";
import * as optim from "@tapegrad/optim";
import * as tensor from "@tapegrad/tensor";

globalThis.tapegrad = { autograd, data, formats, models, nn, optim, tensor };
