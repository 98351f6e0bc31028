#pragma once

#include "child.h"
