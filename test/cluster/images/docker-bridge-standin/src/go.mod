module mcpk.test/cluster/docker-bridge-standin

go 1.25.0
