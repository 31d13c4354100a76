#pragma once

#include "host_facts_shims.h"
