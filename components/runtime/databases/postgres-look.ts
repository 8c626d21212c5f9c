import { literal } from "./sql";

/** What PostgreSQL says of roles and rights in one database: the question, and the shape of the answer. */

export interface RoleSeen {
	readonly name: string;
	readonly login: boolean;
	/** Superuser, or may make databases or roles, or replicate, or go around row security. */
	readonly powers: boolean;
	/** What is stored of the password; null: none. */
	readonly verifier: string | null;
	/** The role that a session of it takes at its start; null: its own. */
	readonly actsAs: string | null;
	readonly memberOf: readonly string[];
	/** Made by this project, which its comment says. */
	readonly ours: boolean;
}

export interface SchemaSeen {
	readonly name: string;
	readonly owner: string;
	/** Whether everybody may make objects in it, as was usual before PostgreSQL 15. */
	readonly openToAll: boolean;
}

export interface PostgresSeen {
	readonly roles: readonly RoleSeen[];
	readonly schemas: readonly SchemaSeen[];
	/** Objects of the superuser's, as ALTER names them: "table public.orders". */
	readonly strangers: readonly string[];
	/** Whether the application's role may connect, and the migrator may make schemas. */
	readonly databaseRights: boolean;
	/** Kinds of objects of which the application gets its rights as soon as the migrator makes one: r, S, f, n. */
	readonly defaults: readonly string[];
}

/** Comment on every role that is ours: what nobody wants any more can be told from what somebody made by hand. */
export const MARK = "made by blue-green releases";

/** Where this project keeps what it knows of a database: the superuser's, and nobody else's. */
const OWN_SCHEMA = "blue_green";

/**
 * One SELECT that answers with one JSON text. It changes nothing, and holds no secret.
 *
 * @param superuser Its objects are to be handed over.
 */
export function lookSql(superuser: string, migrator: string, readWrite: string): string {
	const [su, mig, rw] = [superuser, migrator, readWrite].map(literal);
	// A role that is not there yet has no rights; the functions would fail.
	const may = (role: string | undefined, check: string) =>
		`coalesce((SELECT ${check} FROM pg_roles r WHERE r.rolname = ${role}), false)`;
	return `
SET search_path = '';
WITH roles AS (
	SELECT r.oid, r.rolname::text AS name, r.rolcanlogin AS login,
		r.rolsuper OR r.rolcreatedb OR r.rolcreaterole OR r.rolreplication OR r.rolbypassrls AS powers,
		r.rolpassword AS verifier,
		(SELECT substr(setting, 6) FROM pg_db_role_setting s, unnest(s.setconfig) AS setting
			WHERE s.setrole = r.oid AND s.setdatabase = 0 AND setting LIKE 'role=%') AS "actsAs",
		ARRAY(SELECT g.rolname::text FROM pg_auth_members m JOIN pg_roles g ON g.oid = m.roleid
			WHERE m.member = r.oid ORDER BY 1) AS "memberOf",
		coalesce(shobj_description(r.oid, 'pg_authid') = ${literal(MARK)}, false) AS ours
	FROM pg_authid r
), schemas AS (
	SELECT n.oid, n.nspname::text AS name, pg_get_userbyid(n.nspowner)::text AS owner,
		EXISTS (SELECT FROM aclexplode(coalesce(n.nspacl, acldefault('n', n.nspowner))) a
			WHERE a.grantee = 0 AND a.privilege_type = 'CREATE') AS "openToAll"
	FROM pg_namespace n
	WHERE n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', ${literal(OWN_SCHEMA)})
), owned(classid, objid, namespace, owner) AS (
	SELECT 'pg_class'::regclass, oid, relnamespace, relowner FROM pg_class WHERE relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
	UNION ALL SELECT 'pg_type'::regclass, t.oid, typnamespace, typowner FROM pg_type t
		LEFT JOIN pg_class c ON c.oid = t.typrelid
		WHERE t.typtype IN ('e', 'd', 'r', 'b', 'c') AND t.typcategory <> 'A' AND coalesce(c.relkind = 'c', true)
	UNION ALL SELECT 'pg_proc'::regclass, oid, pronamespace, proowner FROM pg_proc
	UNION ALL SELECT 'pg_collation'::regclass, oid, collnamespace, collowner FROM pg_collation
	UNION ALL SELECT 'pg_conversion'::regclass, oid, connamespace, conowner FROM pg_conversion
	UNION ALL SELECT 'pg_operator'::regclass, oid, oprnamespace, oprowner FROM pg_operator
	UNION ALL SELECT 'pg_opclass'::regclass, oid, opcnamespace, opcowner FROM pg_opclass
	UNION ALL SELECT 'pg_opfamily'::regclass, oid, opfnamespace, opfowner FROM pg_opfamily
	UNION ALL SELECT 'pg_ts_dict'::regclass, oid, dictnamespace, dictowner FROM pg_ts_dict
	UNION ALL SELECT 'pg_ts_config'::regclass, oid, cfgnamespace, cfgowner FROM pg_ts_config
	UNION ALL SELECT 'pg_statistic_ext'::regclass, oid, stxnamespace, stxowner FROM pg_statistic_ext
	UNION ALL SELECT 'pg_largeobject'::regclass, oid, NULL, lomowner FROM pg_largeobject_metadata
), strangers AS (
	SELECT CASE WHEN i.type IN ('function', 'procedure', 'aggregate') THEN 'routine'
		WHEN i.type = 'composite type' THEN 'type'
		WHEN i.type = 'statistics object' THEN 'statistics' ELSE i.type END || ' ' || i.identity AS name
	FROM owned o
	CROSS JOIN LATERAL pg_identify_object(o.classid, o.objid, 0) i
	WHERE o.owner = (SELECT oid FROM roles WHERE name = ${su})
		-- What initdb made has a lower number; those of large objects are anybody's choice, and they are in no schema.
		AND (o.namespace IS NULL OR o.objid >= 16384 AND o.namespace IN (SELECT oid FROM schemas))
		-- Not what belongs to an extension, to a column (the sequence of a serial), or is made with something else.
		AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = o.classid AND d.objid = o.objid AND d.objsubid = 0
			AND (d.deptype IN ('e', 'i') OR (d.deptype = 'a' AND d.refobjsubid > 0 AND o.classid = 'pg_class'::regclass)))
)
SELECT json_build_object(
	'roles', (SELECT coalesce(json_agg(json_build_object('name', name, 'login', login, 'powers', powers, 'verifier', verifier,
		'actsAs', "actsAs", 'memberOf', "memberOf", 'ours', ours) ORDER BY name), '[]') FROM roles WHERE name !~ '^pg_'),
	'schemas', (SELECT coalesce(json_agg(json_build_object('name', name, 'owner', owner, 'openToAll', "openToAll")
		ORDER BY name), '[]') FROM schemas),
	'strangers', (SELECT coalesce(json_agg(name ORDER BY name), '[]') FROM strangers),
	'databaseRights', ${may(rw, "has_database_privilege(r.oid, current_database(), 'CONNECT') AND has_database_privilege(r.oid, current_database(), 'TEMPORARY')")}
		AND ${may(mig, "has_database_privilege(r.oid, current_database(), 'CONNECT') AND has_database_privilege(r.oid, current_database(), 'CREATE')")},
	'defaults', (SELECT coalesce(json_agg(DISTINCT d.defaclobjtype), '[]') FROM pg_default_acl d, aclexplode(d.defaclacl) a
		WHERE d.defaclnamespace = 0 AND d.defaclrole = (SELECT oid FROM roles WHERE name = ${mig})
			AND a.grantee = (SELECT oid FROM roles WHERE name = ${rw}))
)`;
}
