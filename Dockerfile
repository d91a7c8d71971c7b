# One image for all processes: `node src/bin/api.ts`, `node src/bin/worker.ts`, the commands beside them in src/bin, and
# the sandbox, `node local/sandbox/main.ts`.
# Node runs the TypeScript sources as they are; only the workflows are bundled ahead, so that a worker starts at once.

FROM node:24.21.0-bookworm-slim AS packages
WORKDIR /app
COPY package.json package-lock.json ./
# Without install scripts the npm package `node` adds no second Node to the image, which has its own; no other package
# that runs in production needs its script.
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund && npm cache clean --force

COPY src src
RUN node src/bin/bundle-workflows.ts workflows.js

FROM node:24.21.0-bookworm-slim
ENV NODE_ENV=production API_HOST=0.0.0.0 WORKFLOW_BUNDLE=/app/workflows.js
# The version of the worker in Temporal, such as a commit; empty for no versioning. The environment can say otherwise.
ARG WORKER_BUILD_ID=""
ENV WORKER_BUILD_ID=$WORKER_BUILD_ID
WORKDIR /app
COPY --from=packages /app/node_modules node_modules
COPY --from=packages /app/workflows.js workflows.js
COPY package.json ./
COPY src src
COPY local/sandbox local/sandbox
# The image's user `node`.
USER 1000:1000
EXPOSE 8080 8081
# For the api; a worker answers on another port, see docker-compose.yml.
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.API_PORT || 8080}/api/health/live/`).then((response) => process.exit(response.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "src/bin/api.ts"]
