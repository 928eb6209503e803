module mcpk/bridge

go 1.24
