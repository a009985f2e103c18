// Five bodies under gravity for a number of steps of the given length; the result is the total energy.

#include "kernel.h"

enum { kBodies = 5 };
static double position[kBodies][3], velocity[kBodies][3], mass[kBodies];

// Round numbers of our own: one heavy body, four light ones on tilted orbits around it.
static void place(void) {
    for (uint32_t i = 0; i < kBodies; ++i) {
        const double r = (double)(i * i + i) * 0.5;
        position[i][0] = r;
        position[i][1] = -r * 0.25;
        position[i][2] = r * 0.125;
        velocity[i][0] = i == 0 ? 0.0 : 0.5 / r;
        velocity[i][1] = i == 0 ? 0.0 : 6.0 / __builtin_sqrt(r);
        velocity[i][2] = (double)i * -0.0625;
        mass[i] = i == 0 ? 36.0 : 1.0 / (double)(i * 64);
    }
}

static void attract(uint32_t i, uint32_t j, double dt) {
    double d[3];
    double squared = 0;
    for (uint32_t k = 0; k < 3; ++k) {
        d[k] = position[i][k] - position[j][k];
        squared += d[k] * d[k];
    }
    const double magnitude = dt / (squared * __builtin_sqrt(squared));
    for (uint32_t k = 0; k < 3; ++k) {
        velocity[i][k] -= d[k] * mass[j] * magnitude;
        velocity[j][k] += d[k] * mass[i] * magnitude;
    }
}

static void step(double dt) {
    for (uint32_t i = 0; i < kBodies; ++i) {
        for (uint32_t j = i + 1; j < kBodies; ++j)
            attract(i, j, dt);
    }
    for (uint32_t i = 0; i < kBodies; ++i) {
        for (uint32_t k = 0; k < 3; ++k)
            position[i][k] += dt * velocity[i][k];
    }
}

static double energy(void) {
    double total = 0;
    for (uint32_t i = 0; i < kBodies; ++i) {
        double speed = 0;
        for (uint32_t k = 0; k < 3; ++k)
            speed += velocity[i][k] * velocity[i][k];
        total += 0.5 * mass[i] * speed;
        for (uint32_t j = i + 1; j < kBodies; ++j) {
            double squared = 0;
            for (uint32_t k = 0; k < 3; ++k)
                squared += (position[i][k] - position[j][k]) * (position[i][k] - position[j][k]);
            total -= mass[i] * mass[j] / __builtin_sqrt(squared);
        }
    }
    return total;
}

RUN double run(uint32_t steps, double dt) {
    place();
    while (steps-- != 0)
        step(dt);
    return energy();
}
