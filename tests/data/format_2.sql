CREATE TABLE agent_runs (
    user_id text NOT NULL,
    run_id integer NOT NULL,
    session_id text NOT NULL,
    status text NOT NULL,
    memory_version integer NOT NULL,
    error text,
    context json,
    recalled json,
    created_at timestamp with time zone NOT NULL,
    finished_at timestamp with time zone
);
ALTER TABLE ONLY agent_runs FORCE ROW LEVEL SECURITY;
CREATE TABLE agent_sessions (
    user_id text NOT NULL,
    session_id text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    summary text,
    summary_of_run integer
);
ALTER TABLE ONLY agent_sessions FORCE ROW LEVEL SECURITY;
COMMENT ON TABLE agent_sessions IS 'memkit format 2';
CREATE TABLE memory_events (
    user_id text NOT NULL,
    event_id integer NOT NULL,
    memory_id integer,
    action text NOT NULL,
    status text NOT NULL,
    reason text,
    before text,
    after text,
    topics json,
    run_id integer,
    session_id text,
    input text,
    call_id integer,
    refers_to integer,
    created_at timestamp with time zone NOT NULL
);
ALTER TABLE ONLY memory_events FORCE ROW LEVEL SECURITY;
CREATE TABLE messages (
    user_id text NOT NULL,
    message_id integer NOT NULL,
    session_id text NOT NULL,
    run_id integer NOT NULL,
    role text NOT NULL,
    content text NOT NULL,
    created_at timestamp with time zone NOT NULL
);
ALTER TABLE ONLY messages FORCE ROW LEVEL SECURITY;
CREATE TABLE model_calls (
    user_id text NOT NULL,
    call_id integer NOT NULL,
    run_id integer,
    session_id text,
    why text NOT NULL,
    model text NOT NULL,
    request json NOT NULL,
    response json,
    prompt_tokens integer,
    completion_tokens integer,
    started_at timestamp with time zone NOT NULL,
    latency double precision NOT NULL,
    error text
);
ALTER TABLE ONLY model_calls FORCE ROW LEVEL SECURITY;
CREATE TABLE user_memories (
    user_id text NOT NULL,
    memory_id integer NOT NULL,
    memory text NOT NULL,
    topics json NOT NULL,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    run_id integer,
    session_id text,
    input text
);
ALTER TABLE ONLY user_memories FORCE ROW LEVEL SECURITY;
INSERT INTO agent_runs VALUES ('ana@example.com', 1, 'monday', 'completed', 0, NULL, '[{"source": "message", "role": "user", "characters": 34, "run_id": null}]', '[]', '2026-09-01 09:00:00+00', '2026-09-01 09:00:06+00');
INSERT INTO agent_runs VALUES ('ben@example.com', 1, 'monday', 'completed', 0, NULL, '[{"source": "message", "role": "user", "characters": 15, "run_id": null}]', '[]', '2026-09-01 09:00:07+00', '2026-09-01 09:00:13+00');
INSERT INTO agent_runs VALUES ('ana@example.com', 2, 'friday', 'completed', 2, NULL, '[{"source": "memories", "role": "system", "characters": 207, "run_id": null}, {"source": "message", "role": "user", "characters": 26, "run_id": null}]', '[{"used": true, "why": "all memories", "memory_ids": [1, 2]}]', '2026-09-01 09:00:14+00', '2026-09-01 09:00:20+00');
INSERT INTO agent_runs VALUES ('ben@example.com', 2, 'tuesday', 'running', 1, NULL, NULL, NULL, '2026-09-01 09:00:26+00', NULL);
INSERT INTO agent_sessions VALUES ('ana@example.com', 'monday', '2026-09-01 09:00:00+00', '2026-09-01 09:00:00+00', NULL, NULL);
INSERT INTO agent_sessions VALUES ('ben@example.com', 'monday', '2026-09-01 09:00:07+00', '2026-09-01 09:00:07+00', NULL, NULL);
INSERT INTO agent_sessions VALUES ('ana@example.com', 'friday', '2026-09-01 09:00:14+00', '2026-09-01 09:00:14+00', NULL, NULL);
INSERT INTO agent_sessions VALUES ('ben@example.com', 'tuesday', '2026-09-01 09:00:26+00', '2026-09-01 09:00:26+00', NULL, NULL);
INSERT INTO memory_events VALUES ('ana@example.com', 1, 1, 'add', 'applied', NULL, NULL, 'The user likes tea.', '["food"]', 1, 'monday', 'I like tea. My dog is called Miso.', 1, NULL, '2026-09-01 09:00:04+00');
INSERT INTO memory_events VALUES ('ana@example.com', 2, 2, 'add', 'applied', NULL, NULL, 'The user''s dog is called Miso.', '["name", "pets"]', 1, 'monday', 'I like tea. My dog is called Miso.', 1, NULL, '2026-09-01 09:00:04+00');
INSERT INTO memory_events VALUES ('ben@example.com', 1, 1, 'add', 'applied', NULL, NULL, 'The user lives in Oslo.', '["home"]', 1, 'monday', 'I live in Oslo.', 1, NULL, '2026-09-01 09:00:11+00');
INSERT INTO memory_events VALUES ('ana@example.com', 3, 1, 'update', 'applied', NULL, 'The user likes tea.', 'The user doesn''t like tea any more.', '["food"]', 2, 'friday', 'I don''t like tea any more.', 3, NULL, '2026-09-01 09:00:18+00');
INSERT INTO memory_events VALUES ('ana@example.com', 4, 3, 'add', 'applied', NULL, NULL, 'The user sings.', '["music"]', NULL, NULL, NULL, NULL, NULL, '2026-09-01 09:00:21+00');
INSERT INTO memory_events VALUES ('ana@example.com', 5, 4, 'add', 'applied', NULL, NULL, 'The user rows.', '[]', NULL, NULL, NULL, NULL, NULL, '2026-09-01 09:00:22+00');
INSERT INTO memory_events VALUES ('ana@example.com', 6, 4, 'delete', 'applied', NULL, 'The user rows.', NULL, NULL, NULL, NULL, NULL, NULL, NULL, '2026-09-01 09:00:23+00');
INSERT INTO memory_events VALUES ('ana@example.com', 7, 1, 'update', 'applied', NULL, 'The user doesn''t like tea any more.', 'The user''s dog is called Miso, a corgi.', '["food"]', NULL, NULL, NULL, NULL, NULL, '2026-09-01 09:00:24+00');
INSERT INTO memory_events VALUES ('ana@example.com', 8, NULL, 'add', 'proposed', NULL, NULL, 'The user wants a cat.', '[]', NULL, NULL, NULL, NULL, NULL, '2026-09-01 09:00:25+00');
INSERT INTO memory_events VALUES ('ana@example.com', 9, 1, 'delete', 'refused', NULL, 'The user''s dog is called Miso, a corgi.', NULL, NULL, NULL, NULL, NULL, NULL, NULL, '2026-09-01 09:00:25+00');
INSERT INTO memory_events VALUES ('李雷', 1, 1, 'add', 'applied', NULL, NULL, '用户喜欢茶。', '["茶"]', NULL, NULL, NULL, NULL, NULL, '2026-09-01 09:00:29+00');
INSERT INTO messages VALUES ('ana@example.com', 1, 'monday', 1, 'user', 'I like tea. My dog is called Miso.', '2026-09-01 09:00:01+00');
INSERT INTO messages VALUES ('ana@example.com', 2, 'monday', 1, 'assistant', 'Thanks for telling me that you like tea and that your dog is called Miso.', '2026-09-01 09:00:05+00');
INSERT INTO messages VALUES ('ben@example.com', 1, 'monday', 1, 'user', 'I live in Oslo.', '2026-09-01 09:00:08+00');
INSERT INTO messages VALUES ('ben@example.com', 2, 'monday', 1, 'assistant', 'Thanks for telling me that you live in Oslo.', '2026-09-01 09:00:12+00');
INSERT INTO messages VALUES ('ana@example.com', 3, 'friday', 2, 'user', 'I don''t like tea any more.', '2026-09-01 09:00:15+00');
INSERT INTO messages VALUES ('ana@example.com', 4, 'friday', 2, 'assistant', 'Thanks for telling me that you don''t like tea any more.', '2026-09-01 09:00:19+00');
INSERT INTO messages VALUES ('ben@example.com', 3, 'tuesday', 2, 'user', 'Are you there?', '2026-09-01 09:00:27+00');
INSERT INTO model_calls VALUES ('ana@example.com', 1, 1, 'monday', 'memory', 'offline', '{"model": "offline", "messages": [{"role": "system", "content": "You keep the memories of one user. Read the user''s message and decide what to change.\n\n<instructions>\nRemember what will still be worth knowing about the user in a later conversation: name, home, work, family and friends, likes and dislikes, habits, skills, health, plans and experiences.\n\n</instructions>\n\n- Write each memory as one short sentence in the third person: \"The user''s name is Ana.\"\n- One fact, one memory. Keep names, numbers and dates as the user wrote them.\n- Only what the user says about themselves counts: no question, request, guess or quotation.\n- A fact that changes a stored memory updates it; a fact that is stored already changes nothing.\n- Delete a memory when the user asks to forget it or takes it back.\n- If nothing is worth remembering, use no tool.\n\n<stored_memories>\n(none)\n</stored_memories>"}, {"role": "user", "content": "I like tea. My dog is called Miso."}], "tools": [{"type": "function", "function": {"name": "add_memory", "description": "Store a new memory.", "parameters": {"additionalProperties": false, "properties": {"memory": {"description": "One sentence about the user, in the third person.", "type": "string"}, "topics": {"default": [], "description": "One to three words: what it is about.", "items": {"type": "string"}, "type": "array"}}, "required": ["memory"], "type": "object"}}}, {"type": "function", "function": {"name": "update_memory", "description": "Replace the text of a stored memory.", "parameters": {"additionalProperties": false, "properties": {"memory": {"description": "One sentence about the user, in the third person.", "type": "string"}, "topics": {"default": [], "description": "One to three words: what it is about.", "items": {"type": "string"}, "type": "array"}, "memory_id": {"description": "The number of the stored memory.", "exclusiveMaximum": 2147483648, "minimum": 1, "type": "integer"}}, "required": ["memory", "memory_id"], "type": "object"}}}, {"type": "function", "function": {"name": "delete_memory", "description": "Delete a stored memory.", "parameters": {"additionalProperties": false, "properties": {"memory_id": {"description": "The number of the stored memory.", "exclusiveMaximum": 2147483648, "minimum": 1, "type": "integer"}}, "required": ["memory_id"], "type": "object"}}}]}', '{"role": "assistant", "content": "", "tool_calls": [{"id": "call_1", "type": "function", "function": {"name": "add_memory", "arguments": "{\"memory\": \"The user likes tea.\", \"topics\": [\"food\"]}"}}, {"id": "call_2", "type": "function", "function": {"name": "add_memory", "arguments": "{\"memory\": \"The user''s dog is called Miso.\", \"topics\": [\"name\", \"pets\"]}"}}]}', 662, 54, '2026-09-01 09:00:03+00', 0.05966246299976774, NULL);
INSERT INTO model_calls VALUES ('ana@example.com', 2, 1, 'monday', 'reply', 'offline', '{"model": "offline", "messages": [{"role": "user", "content": "I like tea. My dog is called Miso."}]}', '{"role": "assistant", "content": "Thanks for telling me that you like tea and that your dog is called Miso."}', 10, 16, '2026-09-01 09:00:02+00', 0.061971825000000536, NULL);
INSERT INTO model_calls VALUES ('ben@example.com', 1, 1, 'monday', 'memory', 'offline', '{"model": "offline", "messages": [{"role": "system", "content": "You keep the memories of one user. Read the user''s message and decide what to change.\n\n<instructions>\nRemember what will still be worth knowing about the user in a later conversation: name, home, work, family and friends, likes and dislikes, habits, skills, health, plans and experiences.\n\n</instructions>\n\n- Write each memory as one short sentence in the third person: \"The user''s name is Ana.\"\n- One fact, one memory. Keep names, numbers and dates as the user wrote them.\n- Only what the user says about themselves counts: no question, request, guess or quotation.\n- A fact that changes a stored memory updates it; a fact that is stored already changes nothing.\n- Delete a memory when the user asks to forget it or takes it back.\n- If nothing is worth remembering, use no tool.\n\n<stored_memories>\n(none)\n</stored_memories>"}, {"role": "user", "content": "I live in Oslo."}], "tools": [{"type": "function", "function": {"name": "add_memory", "description": "Store a new memory.", "parameters": {"additionalProperties": false, "properties": {"memory": {"description": "One sentence about the user, in the third person.", "type": "string"}, "topics": {"default": [], "description": "One to three words: what it is about.", "items": {"type": "string"}, "type": "array"}}, "required": ["memory"], "type": "object"}}}, {"type": "function", "function": {"name": "update_memory", "description": "Replace the text of a stored memory.", "parameters": {"additionalProperties": false, "properties": {"memory": {"description": "One sentence about the user, in the third person.", "type": "string"}, "topics": {"default": [], "description": "One to three words: what it is about.", "items": {"type": "string"}, "type": "array"}, "memory_id": {"description": "The number of the stored memory.", "exclusiveMaximum": 2147483648, "minimum": 1, "type": "integer"}}, "required": ["memory", "memory_id"], "type": "object"}}}, {"type": "function", "function": {"name": "delete_memory", "description": "Delete a stored memory.", "parameters": {"additionalProperties": false, "properties": {"memory_id": {"description": "The number of the stored memory.", "exclusiveMaximum": 2147483648, "minimum": 1, "type": "integer"}}, "required": ["memory_id"], "type": "object"}}}]}', '{"role": "assistant", "content": "", "tool_calls": [{"id": "call_1", "type": "function", "function": {"name": "add_memory", "arguments": "{\"memory\": \"The user lives in Oslo.\", \"topics\": [\"home\"]}"}}]}', 657, 24, '2026-09-01 09:00:10+00', 0.014579115999367787, NULL);
INSERT INTO model_calls VALUES ('ben@example.com', 2, 1, 'monday', 'reply', 'offline', '{"model": "offline", "messages": [{"role": "user", "content": "I live in Oslo."}]}', '{"role": "assistant", "content": "Thanks for telling me that you live in Oslo."}', 5, 10, '2026-09-01 09:00:09+00', 0.0019505680002112058, NULL);
INSERT INTO model_calls VALUES ('ana@example.com', 3, 2, 'friday', 'memory', 'offline', '{"model": "offline", "messages": [{"role": "system", "content": "You keep the memories of one user. Read the user''s message and decide what to change.\n\n<instructions>\nRemember what will still be worth knowing about the user in a later conversation: name, home, work, family and friends, likes and dislikes, habits, skills, health, plans and experiences.\n\n</instructions>\n\n- Write each memory as one short sentence in the third person: \"The user''s name is Ana.\"\n- One fact, one memory. Keep names, numbers and dates as the user wrote them.\n- Only what the user says about themselves counts: no question, request, guess or quotation.\n- A fact that changes a stored memory updates it; a fact that is stored already changes nothing.\n- Delete a memory when the user asks to forget it or takes it back.\n- If nothing is worth remembering, use no tool.\n\n<stored_memories>\n{\"memory_id\": 1, \"memory\": \"The user likes tea.\"}\n{\"memory_id\": 2, \"memory\": \"The user''s dog is called Miso.\"}\n</stored_memories>"}, {"role": "user", "content": "I don''t like tea any more."}], "tools": [{"type": "function", "function": {"name": "add_memory", "description": "Store a new memory.", "parameters": {"additionalProperties": false, "properties": {"memory": {"description": "One sentence about the user, in the third person.", "type": "string"}, "topics": {"default": [], "description": "One to three words: what it is about.", "items": {"type": "string"}, "type": "array"}}, "required": ["memory"], "type": "object"}}}, {"type": "function", "function": {"name": "update_memory", "description": "Replace the text of a stored memory.", "parameters": {"additionalProperties": false, "properties": {"memory": {"description": "One sentence about the user, in the third person.", "type": "string"}, "topics": {"default": [], "description": "One to three words: what it is about.", "items": {"type": "string"}, "type": "array"}, "memory_id": {"description": "The number of the stored memory.", "exclusiveMaximum": 2147483648, "minimum": 1, "type": "integer"}}, "required": ["memory", "memory_id"], "type": "object"}}}, {"type": "function", "function": {"name": "delete_memory", "description": "Delete a stored memory.", "parameters": {"additionalProperties": false, "properties": {"memory_id": {"description": "The number of the stored memory.", "exclusiveMaximum": 2147483648, "minimum": 1, "type": "integer"}}, "required": ["memory_id"], "type": "object"}}}]}', '{"role": "assistant", "content": "", "tool_calls": [{"id": "call_1", "type": "function", "function": {"name": "update_memory", "arguments": "{\"memory_id\": 1, \"memory\": \"The user doesn''t like tea any more.\", \"topics\": [\"food\"]}"}}]}', 700, 34, '2026-09-01 09:00:17+00', 0.002166069000850257, NULL);
INSERT INTO model_calls VALUES ('ana@example.com', 4, 2, 'friday', 'reply', 'offline', '{"model": "offline", "messages": [{"role": "system", "content": "You know this about the user from earlier conversations. Use it to make your reply personal; what the user says now counts more.\n\n<memories>\n- The user likes tea.\n- The user''s dog is called Miso.\n</memories>"}, {"role": "user", "content": "I don''t like tea any more."}]}', '{"role": "assistant", "content": "Thanks for telling me that you don''t like tea any more."}', 58, 14, '2026-09-01 09:00:16+00', 0.002849014000275929, NULL);
INSERT INTO user_memories VALUES ('ana@example.com', 2, 'The user''s dog is called Miso.', '["name", "pets"]', '2026-09-01 09:00:04+00', '2026-09-01 09:00:04+00', 1, 'monday', 'I like tea. My dog is called Miso.');
INSERT INTO user_memories VALUES ('ben@example.com', 1, 'The user lives in Oslo.', '["home"]', '2026-09-01 09:00:11+00', '2026-09-01 09:00:11+00', 1, 'monday', 'I live in Oslo.');
INSERT INTO user_memories VALUES ('ana@example.com', 3, 'The user sings.', '["music"]', '2026-09-01 09:00:21+00', '2026-09-01 09:00:21+00', NULL, NULL, NULL);
INSERT INTO user_memories VALUES ('ana@example.com', 1, 'The user''s dog is called Miso, a corgi.', '["food"]', '2026-09-01 09:00:04+00', '2026-09-01 09:00:24+00', NULL, NULL, NULL);
INSERT INTO user_memories VALUES ('李雷', 1, '用户喜欢茶。', '["茶"]', '2026-09-01 09:00:29+00', '2026-09-01 09:00:29+00', NULL, NULL, NULL);
ALTER TABLE ONLY agent_runs
    ADD CONSTRAINT agent_runs_pkey PRIMARY KEY (user_id, run_id);
ALTER TABLE ONLY agent_sessions
    ADD CONSTRAINT agent_sessions_pkey PRIMARY KEY (user_id, session_id);
ALTER TABLE ONLY memory_events
    ADD CONSTRAINT memory_events_pkey PRIMARY KEY (user_id, event_id);
ALTER TABLE ONLY messages
    ADD CONSTRAINT messages_pkey PRIMARY KEY (user_id, message_id);
ALTER TABLE ONLY model_calls
    ADD CONSTRAINT model_calls_pkey PRIMARY KEY (user_id, call_id);
ALTER TABLE ONLY user_memories
    ADD CONSTRAINT user_memories_pkey PRIMARY KEY (user_id, memory_id);
CREATE INDEX agent_runs_by_session ON agent_runs USING btree (user_id, session_id, run_id);
CREATE INDEX memory_events_by_memory ON memory_events USING btree (user_id, memory_id, event_id);
CREATE INDEX memory_events_by_run ON memory_events USING btree (user_id, run_id);
CREATE INDEX messages_by_session ON messages USING btree (user_id, session_id, run_id, message_id);
CREATE INDEX model_calls_by_run ON model_calls USING btree (user_id, run_id);
ALTER TABLE ONLY agent_runs
    ADD CONSTRAINT agent_runs_user_id_session_id_fkey FOREIGN KEY (user_id, session_id) REFERENCES agent_sessions(user_id, session_id);
ALTER TABLE ONLY memory_events
    ADD CONSTRAINT memory_events_user_id_call_id_fkey FOREIGN KEY (user_id, call_id) REFERENCES model_calls(user_id, call_id);
ALTER TABLE ONLY memory_events
    ADD CONSTRAINT memory_events_user_id_run_id_fkey FOREIGN KEY (user_id, run_id) REFERENCES agent_runs(user_id, run_id);
ALTER TABLE ONLY messages
    ADD CONSTRAINT messages_user_id_run_id_fkey FOREIGN KEY (user_id, run_id) REFERENCES agent_runs(user_id, run_id);
ALTER TABLE ONLY model_calls
    ADD CONSTRAINT model_calls_user_id_run_id_fkey FOREIGN KEY (user_id, run_id) REFERENCES agent_runs(user_id, run_id);
ALTER TABLE ONLY user_memories
    ADD CONSTRAINT user_memories_user_id_run_id_fkey FOREIGN KEY (user_id, run_id) REFERENCES agent_runs(user_id, run_id);
ALTER TABLE agent_runs ENABLE ROW LEVEL SECURITY;
ALTER TABLE agent_sessions ENABLE ROW LEVEL SECURITY;
CREATE POLICY memkit_owner ON agent_runs USING (((user_id = current_setting('memkit.user_id'::text, true)) OR (current_setting('memkit.everybody'::text, true) = 'on'::text)));
CREATE POLICY memkit_owner ON agent_sessions USING (((user_id = current_setting('memkit.user_id'::text, true)) OR (current_setting('memkit.everybody'::text, true) = 'on'::text)));
CREATE POLICY memkit_owner ON memory_events USING (((user_id = current_setting('memkit.user_id'::text, true)) OR (current_setting('memkit.everybody'::text, true) = 'on'::text)));
CREATE POLICY memkit_owner ON messages USING (((user_id = current_setting('memkit.user_id'::text, true)) OR (current_setting('memkit.everybody'::text, true) = 'on'::text)));
CREATE POLICY memkit_owner ON model_calls USING (((user_id = current_setting('memkit.user_id'::text, true)) OR (current_setting('memkit.everybody'::text, true) = 'on'::text)));
CREATE POLICY memkit_owner ON user_memories USING (((user_id = current_setting('memkit.user_id'::text, true)) OR (current_setting('memkit.everybody'::text, true) = 'on'::text)));
ALTER TABLE memory_events ENABLE ROW LEVEL SECURITY;
ALTER TABLE messages ENABLE ROW LEVEL SECURITY;
ALTER TABLE model_calls ENABLE ROW LEVEL SECURITY;
ALTER TABLE user_memories ENABLE ROW LEVEL SECURITY;
